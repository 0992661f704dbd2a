/** How a rule of the platform says no: it throws, and the API turns it into HTTP 200 with an errcode. */
import { AppError } from '../../shared/app-error.ts'

export interface Refusal {
  errcode: number
  /** For the developer: which rule, with which value. */
  why: string
}

/** Throws. `why` may name ids and limits, never what a customer wrote. */
export function refuse(errcode: number, why: string): never {
  throw new AppError('simulator.refused', why, { retryable: false, details: { errcode } })
}

/** The refusal inside an error, or undefined when the error is a fault of the simulator. */
export function toRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof AppError) || error.code !== 'simulator.refused') return undefined
  return { errcode: Number(error.details.errcode), why: error.message }
}

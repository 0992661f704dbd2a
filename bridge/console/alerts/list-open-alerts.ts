import type { AlertStore } from '../../store/alert-store.ts'
import type { Alert } from './alert.ts'

export interface OpenAlert extends Pick<Alert, 'key' | 'severity' | 'title' | 'detail' | 'todo'> {
  /** Unix ms. */
  openedAt: number
}

/** For people who look: the oldest first. */
export async function listOpenAlerts(store: Pick<AlertStore, 'open'>): Promise<OpenAlert[]> {
  const rows = await store.open()
  // What these rows hold was written by this program.
  return rows.map(({ body, openedAt }) => ({ ...(JSON.parse(body) as Alert), openedAt }))
}

/** Something that a person has to look at. The same key is the same matter, however its detail changes. */
export interface Alert {
  key: string
  severity: 'warning' | 'critical'
  title: Text
  /** What is seen: numbers and codes, never a customer's words or a secret. */
  detail: Text
  todo: Text
  /** How long it must be so before anybody is told, ms; 0: at once. */
  afterMs: number
}

export interface Text {
  zh: string
  en: string
}

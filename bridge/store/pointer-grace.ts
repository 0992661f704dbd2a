/** How long the sweeper leaves a row alone for which a pointer is on its way, ms. */
export const POINTER_GRACE_MS = 2000

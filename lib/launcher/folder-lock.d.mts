/** One try: the function that releases the lock, or undefined while another live process holds it. */
export function tryLock(path: string): (() => void) | undefined
/** Waits its turn; rejects when that takes longer than `timeoutMs`. A lock whose owner died is taken over. */
export function lock(path: string, timeoutMs: number): Promise<() => void>

/** Ends a subscription. Calling it twice does nothing. */
export type Unsubscribe = () => void

/** A list of listeners for one kind of fact. A listener that throws is the caller's bug and is not caught here. */
export interface Signal<T> {
  on(listener: (value: T) => void): Unsubscribe
  emit(value: T): void
  clear(): void
}

export function createSignal<T>(): Signal<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    on: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    emit: (value) => {
      for (const listener of listeners) listener(value)
    },
    clear: () => listeners.clear(),
  }
}

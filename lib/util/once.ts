/** Makes a function run at its first call only; every call returns what the first one returned. */
export function once<T>(run: () => T): () => T {
  let result: { value: T } | undefined
  return () => {
    result ??= { value: run() }
    return result.value
  }
}

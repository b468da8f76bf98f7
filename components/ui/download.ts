/** Lets the browser save a file made on this page. `parts` are joined. */
export function download(name: string, type: string, parts: readonly string[]): void {
  const url = URL.createObjectURL(new Blob([...parts], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken hold of the file by the next task; kept, it would stay in memory with the page.
  setTimeout(() => URL.revokeObjectURL(url), 0)
}

/** `2026-11-26T10-24-18`, as part of a file's name. */
export const fileTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replaceAll(':', '-')

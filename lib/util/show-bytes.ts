/** Bytes as a person reads them; for browser and server alike. */

const LINE_BYTES = 16
const OFFSET_DIGITS = 8
const FIRST_PRINTABLE = 0x20
const LAST_PRINTABLE = 0x7e
/** As many characters as one call may be given as arguments. */
const CHUNK = 8_192

export function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at)
  return bytes
}

export function base64Of(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return btoa(binary)
}

/** `00000000  68 69 ff                                         hi.`: sixteen bytes a line, with their offset and their ASCII. */
export function hexOf(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += LINE_BYTES) {
    const row = [...bytes.subarray(at, at + LINE_BYTES)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const ascii = row.map(asciiOf).join('')
    lines.push(`${at.toString(16).padStart(OFFSET_DIGITS, '0')}  ${hex.padEnd(LINE_BYTES * 3)} ${ascii}`)
  }
  return lines.join('\n')
}

const asciiOf = (byte: number): string =>
  byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE ? String.fromCharCode(byte) : '.'

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a, as a whole number from 0. */
function hashOf(text: string): number {
  let hash = FNV_OFFSET
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), FNV_PRIME)
  return hash >>> 0
}

/**
 * Which of the lesson's consumers this person plays: the same one for as long as the run lasts, on every device and after a
 * restart of the server, and all of them about equally often. Nobody has to be asked for it, and nothing is kept.
 */
export const partPlayedBy = (parts: readonly string[], run: string, personId: string): string | null =>
  parts[hashOf(`${run} ${personId}`) % parts.length] ?? null

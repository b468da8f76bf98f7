/** A fingerprint of all sources of the pages: names and contents. */
export function sourcesHash(root: string): string
/** Whether the build was finished, and from these very sources. */
export function buildIsCurrent(root: string): boolean

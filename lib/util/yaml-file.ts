import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'

/** Files that people write, in YAML, read with a schema: what is wrong is reported with its line. */

export type FilePath = ReadonlyArray<string | number>

export interface FileFault {
  /** From 1. */
  line: number
  /** Where in the data: `destinations.0.mode`; empty for the file as a whole. */
  path: string
  reason: string
}

/** `lineOf`: where something of it stands in the file, as closely as can be said. */
export type YamlFile<T> =
  | { ok: true; value: T; lineOf(path: FilePath): number }
  | { ok: false; faults: FileFault[] }

/** A file reports so many faults, and no thousands. */
const FAULTS_MAX = 10
/** Anchors are not needed in such files, and copies of copies grow without bound. */
const NO_ALIASES = { maxAliasCount: 0 }

/** Reads a file that may be hostile: its length is the caller's to bound. Never throws. */
export function readYaml<S extends z.ZodType>(text: string, schema: S): YamlFile<z.output<S>> {
  const lines = new LineCounter()
  const wholeFile = (reason: string): FileFault[] => [{ line: 1, path: '', reason }]
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
    const broken = document.errors.map(({ pos, message }) => ({
      ...{ line: lines.linePos(pos[0]).line, path: '', reason: message },
    }))
    if (broken.length > 0) return { ok: false, faults: broken.slice(0, FAULTS_MAX) }
    const lineOf = (path: FilePath): number => {
      const at = nodeAt(document, path)?.range?.[0]
      return at === undefined ? 1 : lines.linePos(at).line
    }
    const parsed = schema.safeParse(document.toJS(NO_ALIASES))
    if (parsed.success) return { ok: true, value: parsed.data, lineOf }
    // A field that is missing is most often there under a wrong name.
    const isUnknown = ({ code }: z.core.$ZodIssue) => code === 'unrecognized_keys'
    const { issues } = parsed.error
    const ordered = [...issues.filter(isUnknown), ...issues.filter((issue) => !isUnknown(issue))]
    const faults = ordered.flatMap((issue) => faultsOf(issue, lineOf))
    return { ok: false, faults: faults.slice(0, FAULTS_MAX) }
  } catch (error) {
    // Too deeply nested, or with aliases.
    return { ok: false, faults: wholeFile(error instanceof Error ? error.message : String(error)) }
  }
}

export const faultAt = (path: FilePath, reason: string, lineOf: (path: FilePath) => number): FileFault => ({
  line: lineOf(path),
  path: path.join('.'),
  reason,
})

/** `line 7, destinations.0.mode: there is no such mode`. */
export const faultLine = ({ line, path, reason }: FileFault): string =>
  `line ${line}${path === '' ? '' : `, ${path}`}: ${reason}`

function faultsOf(issue: z.core.$ZodIssue, lineOf: (path: FilePath) => number): FileFault[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code !== 'unrecognized_keys') return [faultAt(path, issue.message, lineOf)]
  return issue.keys.map((key) => faultAt([...path, key], 'there is no such field', lineOf))
}

/** The key of what the path names, its value where it is in a list, or the nearest one around it. */
function nodeAt(document: Document, path: FilePath): Node | undefined {
  let nearest: Node | undefined = isNode(document.contents) ? document.contents : undefined
  for (let depth = 1; depth <= path.length; depth += 1) {
    const around = document.getIn(path.slice(0, depth - 1), true)
    const name = path[depth - 1]
    const pair = isMap(around)
      ? around.items.find(({ key }) => isScalar(key) && String(key.value) === String(name))
      : undefined
    const found = pair?.key ?? document.getIn(path.slice(0, depth), true)
    if (!isNode(found)) break
    nearest = found
  }
  return nearest
}

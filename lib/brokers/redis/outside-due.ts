import type { Outside } from './channel-book.ts'

/** Outside messages that others have read and one subscriber may still meet, in the order of their naming. */
export interface OutsideDue {
  readonly size: number
  readonly bytes: number
  push(outside: Outside): void
  first(): Outside | undefined
  find(matches: (outside: Outside) => boolean): Outside | undefined
  /** It was met. */
  remove(outside: Outside): void
  /** Those at the front that lie before our message of this count are behind us. */
  dropBefore(count: number): void
  /** Those named up to `serial` never come. */
  dropUpTo(serial: number): void
}

/** Removed items at the front are cut off together, so that a long line costs each step the same. */
const CUT_AT = 1_024

export function createOutsideDue(): OutsideDue {
  let line: Outside[] = []
  let head = 0
  let bytes = 0
  const shift = () => {
    bytes -= line[head]?.body.length ?? 0
    head++
    if (head === line.length || head >= CUT_AT) {
      line = line.slice(head)
      head = 0
    }
  }
  return {
    get size() {
      return line.length - head
    },
    get bytes() {
      return bytes
    },
    push: (outside) => {
      line.push(outside)
      bytes += outside.body.length
    },
    first: () => line[head],
    find: (matches) => {
      for (let index = head; index < line.length; index++) {
        const outside = line[index]
        if (outside && matches(outside)) return outside
      }
      return undefined
    },
    remove: (outside) => {
      if (line[head] === outside) return shift()
      const index = line.indexOf(outside, head)
      if (index < 0) return
      line.splice(index, 1)
      bytes -= outside.body.length
    },
    dropBefore: (count) => {
      while ((line[head]?.after ?? count) < count) shift()
    },
    dropUpTo: (serial) => {
      line = line.slice(head).filter((outside) => outside.serial > serial)
      head = 0
      bytes = line.reduce((sum, { body }) => sum + body.length, 0)
    },
  }
}

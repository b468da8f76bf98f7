import { createHmac, timingSafeEqual } from 'node:crypto'
import { JOIN_CODE_LENGTH, JOIN_CODE_SYMBOLS } from '#lib/protocol/join-code.ts'

/** The codes by which people join rooms. */
export interface JoinCodes {
  /** The room's code: the same as long as it lives, and after a restart with the same secret; another than those taken. */
  make(room: string, taken: ReadonlySet<string>): string
}

/** There are as many codes as this: at one guess a second, 200 rooms are found one in two weeks of guessing. */
const CODES = BigInt(JOIN_CODE_SYMBOLS.length) ** BigInt(JOIN_CODE_LENGTH)

/** Codes that only who knows the secret can work out. */
export function createJoinCodes(secret: Uint8Array): JoinCodes {
  const nth = (room: string, n: number): string => {
    const digest = createHmac('sha256', secret).update(`join-code ${n} ${room}`).digest()
    return symbols(digest.readBigUInt64BE() % CODES)
  }
  return {
    make: (room, taken) => {
      let n = 0
      let code = nth(room, n)
      while (taken.has(code)) {
        n += 1
        code = nth(room, n)
      }
      return code
    },
  }
}

function symbols(value: bigint): string {
  const base = BigInt(JOIN_CODE_SYMBOLS.length)
  let rest = value
  let text = ''
  for (let place = 0; place < JOIN_CODE_LENGTH; place += 1) {
    text += JOIN_CODE_SYMBOLS.charAt(Number(rest % base))
    rest /= base
  }
  return text
}

/** Whether two codes are the same, in a time that says nothing about where they differ. */
export function isSameCode(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}

import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Malformed, TooLarge } from './bounded-output.ts'
import { unlz4 } from './lz4.ts'
import { unsnap } from './snappy.ts'
import { unzstd } from './zstd.ts'

/**
 * What one batch may be decompressed to. A broker takes 1 MiB of compressed records by default, and text shrinks to a
 * tenth; what is far beyond is there to exhaust its readers.
 */
export const DECOMPRESSED_MAX_BYTES = 16 * 1024 * 1024

/** The codecs of Kafka's batches, by their numbers in a batch's attributes. */
export const CODECS: Readonly<Record<number, string>> = { 1: 'gzip', 2: 'snappy', 3: 'lz4', 4: 'zstd' }

/**
 * The decompressed bytes, `DECOMPRESSED_MAX_BYTES` at most: the bound holds before the memory is taken. Throws Malformed or
 * TooLarge.
 */
export async function decompress(codec: number, bytes: Buffer): Promise<Buffer> {
  const maxBytes = DECOMPRESSED_MAX_BYTES
  switch (CODECS[codec]) {
    case 'gzip':
      return gunzipped(bytes, maxBytes)
    case 'snappy':
      return unsnap(bytes, maxBytes)
    case 'lz4':
      return unlz4(bytes, maxBytes)
    case 'zstd':
      return unzstd(bytes, maxBytes)
    default:
      throw new Malformed(`data of a codec that is known here: its number is ${codec}`)
  }
}

const unzip = promisify(gunzip)

async function gunzipped(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    throw isTooLarge ? new TooLarge(maxBytes) : new Malformed('gzip')
  }
}

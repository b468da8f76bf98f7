/**
 * Which partition a message goes to. A key is hashed as by the Java client's default partitioner, so that other programs put
 * it into the same partition: murmur2 of the key's bytes, sign bit cleared, modulo the number of partitions.
 */
const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

/** 32-bit MurmurHash2 as Kafka's `Utils.murmur2` computes it, signed. */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const whole = data.byteLength & ~3
  let hash = SEED ^ data.byteLength
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(view.getInt32(at, true), M)
    k ^= k >>> R
    hash = Math.imul(hash, M) ^ Math.imul(k, M)
  }
  const rest = data.byteLength - whole
  if (rest === 3) hash ^= view.getUint8(whole + 2) << 16
  if (rest >= 2) hash ^= view.getUint8(whole + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ view.getUint8(whole), M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return hash ^ (hash >>> 15)
}

export const partitionOfKey = (key: Uint8Array, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions

/** The partitioner of one topic: by key, else the next partition in turn, so that every reader gets messages. */
export function createPartitioner(): (key: Uint8Array | null, partitions: number) => number {
  let turn = 0
  return (key, partitions) => {
    if (key !== null) return partitionOfKey(key, partitions)
    const partition = turn % partitions
    turn = partition + 1
    return partition
  }
}

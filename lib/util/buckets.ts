import type { TokenBucket } from './token-bucket.ts'

/** Keys whose limits are remembered; then what has been quiet for longest is forgotten, its bucket being full. */
const BUCKETS_MAX = 10_000

/** One bucket for each key, such as a client address or a person. */
export function createBuckets(createBucket: () => TokenBucket): (key: string) => TokenBucket {
  const buckets = new Map<string, TokenBucket>()
  return (key) => {
    const bucket = buckets.get(key) ?? createBucket()
    buckets.delete(key)
    buckets.set(key, bucket)
    for (const oldest of buckets.keys()) {
      if (buckets.size <= BUCKETS_MAX) break
      buckets.delete(oldest)
    }
    return bucket
  }
}

import type { Feed } from '#lib/feed/feed.ts'
import { errorWords } from '../words/errors.ts'

/** Brings the room back to its scene. Answers what went wrong in words; empty when nothing did. */
export async function resetRoom(feed: Feed): Promise<string> {
  const reply = await feed.command('room:reset', {})
  return reply.ok ? '' : errorWords(reply.code, reply)
}

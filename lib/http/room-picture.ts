import { tokenIn } from '#lib/access/credentials.ts'
import { EVERYTHING, type Grant } from '#lib/access/grant.ts'
import { checkNotRemoved, checkRole, checkRoom, youOf } from '#lib/commands/permission.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { RoomPicture } from '#lib/ledger/model/room-picture.ts'
import { pictureOf } from '#lib/ledger/views/room-picture.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { findRuntime } from '#lib/runtime.ts'
import { now } from '#lib/util/clock.ts'

/** A room of more events than this is drawn without what only its events tell: reading them all would delay the page. */
const READ_AT_MOST = 500

/** The part of a request's headers that is read. */
export type PageHeaders = Pick<Headers, 'get'>

/**
 * What a page of the room is drawn with, as far as whoever asks may see it; undefined where they may not, and where there
 * is no such room or no room at all: the page's own connection then says so. Does not wake the room.
 */
export async function roomPicture(name: string, headers: PageHeaders): Promise<RoomPicture | undefined> {
  const runtime = findRuntime()
  if (!runtime) return undefined
  const { rooms, access } = runtime
  const token = tokenIn({ authorization: headers.get('authorization'), cookie: headers.get('cookie') })
  const grant = access.sharing ? await access.grantOf(token) : EVERYTHING
  try {
    checkRole(grant, { needs: 'participant' })
    checkRoom(grant, name)
    const room = await rooms.get(name)
    await checkNotRemoved(grant, room)
    return await drawn(room, grant)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

async function drawn(room: Room, grant: Grant): Promise<RoomPicture> {
  const snapshot = await room.snapshot()
  const { epoch, seq, firstSeq, brokers } = snapshot
  const isWhole = firstSeq === 1 && seq <= READ_AT_MOST
  const ledger = createLedger()
  ledger.reset(snapshot)
  if (isWhole) ledger.applyAll((await room.eventsSince({ epoch, seq: 0 }, READ_AT_MOST)).events)
  const rights = youOf(grant, grant.person?.name ?? '') ?? null
  return { ...pictureOf(ledger, { at: now(), brokers, isWhole }), rights }
}

import { ndjson } from '#lib/http/ndjson.ts'
import { positionOf } from '#lib/http/position.ts'
import { type RoomParams, roomOf } from '#lib/http/room.ts'
import { route } from '#lib/http/route.ts'
import { eventStream } from '#lib/http/sse.ts'
import { getRuntime } from '#lib/runtime.ts'

export const { GET, POST, PUT, PATCH, DELETE } = route<RoomParams>({
  GET: (request, params) => {
    const room = roomOf(params)
    const { rooms, closing } = getRuntime()
    const since = positionOf(request, rooms.epoch)
    const live = request.headers.get('accept')?.includes('text/event-stream') ?? false
    if (!live) return ndjson(room, since ?? { epoch: rooms.epoch, seq: 0 })
    return eventStream(room, since ?? { epoch: rooms.epoch, seq: room.snapshot().seq }, [
      request.signal,
      closing,
    ])
  },
})

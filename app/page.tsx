import { RoomPage } from '#components/room-page.tsx'
import { LOBBY } from '#lib/protocol/lobby.ts'

export default function Page() {
  return <RoomPage room={LOBBY} />
}

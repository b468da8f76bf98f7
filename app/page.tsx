import { Desk } from '#components/desk.tsx'
import { LOBBY } from '#lib/protocol/names.ts'

export default function Page() {
  return <Desk room={LOBBY} />
}

import Head from 'next/head'
import { RoomPage } from '#components/room-page.tsx'
import { LOBBY } from '#lib/protocol/names.ts'

export default function LobbyPage() {
  return (
    <>
      <Head>
        <title>Switchboard</title>
      </Head>
      <RoomPage room={LOBBY} />
    </>
  )
}

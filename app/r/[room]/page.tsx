import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Desk } from '#components/desk.tsx'
import { roomNameSchema } from '#lib/protocol/names.ts'

interface RoomPageProps {
  params: Promise<{ room: string }>
}

export async function generateMetadata({ params }: RoomPageProps): Promise<Metadata> {
  return { title: `Switchboard: ${(await params).room}` }
}

export default async function RoomPage({ params }: RoomPageProps) {
  const room = roomNameSchema.safeParse((await params).room)
  if (!room.success) notFound()
  return <Desk room={room.data} />
}

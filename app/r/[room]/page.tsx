import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { notFound } from 'next/navigation'
import { RoomPage } from '#components/room-page.tsx'
import { roomPicture } from '#lib/http/room-picture.ts'
import { roomNameSchema } from '#lib/protocol/names.ts'

interface PageProps {
  params: Promise<{ room: string }>
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  return { title: `Switchboard: ${(await params).room}` }
}

export default async function Page({ params }: PageProps) {
  const room = roomNameSchema.safeParse((await params).room)
  if (!room.success) notFound()
  return <RoomPage room={room.data} picture={await roomPicture(room.data, await headers())} />
}

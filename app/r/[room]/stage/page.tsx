import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { Stage } from '#components/stage/stage.tsx'
import { roomNameSchema } from '#lib/protocol/names.ts'

interface PageProps {
  params: Promise<{ room: string }>
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  return { title: `Switchboard: the stage of ${(await params).room}` }
}

export default async function StagePage({ params }: PageProps) {
  const room = roomNameSchema.safeParse((await params).room)
  if (!room.success) notFound()
  return <Stage room={room.data} />
}

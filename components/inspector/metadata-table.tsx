'use client'

import type { MessageView } from '#lib/ledger/model/views.ts'
import type { Metadata } from '#lib/protocol/metadata.ts'
import { MetadataTables } from './metadata-tables.tsx'
import type { Side } from './sides.ts'

/** What is known to have ridden beside the body on one system. */
function metadataOn(
  { outside, headers, fields, omittedFields }: MessageView,
  { life, lane }: Side,
): Metadata {
  const typed = headers === null ? {} : { headers }
  if (outside) return { ...typed, ...(fields && { fields: [...fields] }), omittedFields }
  return life.carried ?? (lane.modeManifest.can.headers ? typed : {})
}

/** Every header and property that rode beside the body on one system. */
export function MetadataTable({ message, side }: { message: MessageView; side: Side }) {
  const { label } = side.lane.manifest
  return (
    <section aria-label={`Beside the body on ${label}`}>
      <h3 className="mt-5 mb-2 fs-md font-strong">Beside the body on {label}</h3>
      <MetadataTables metadata={metadataOn(message, side)} note={noteOn(message, side)} />
    </section>
  )
}

/** Why there is nothing, or not all of it, to be seen; null where it is all there. */
function noteOn({ outside }: MessageView, { life, lane }: Side): string | null {
  const { can, lacks } = lane.modeManifest
  if (!can.headers) return lacks.headers ?? 'It carries nothing but the body.'
  if (outside || life.carried !== null) return null
  return 'As it was typed: no arrival that is kept here shows what the wire carried.'
}

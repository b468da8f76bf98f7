import type { ContentView } from '#lib/ledger/model/views.ts'
import type { KeptMessage } from '#lib/protocol/browse-commands.ts'

/** A kept message as rows and the inspector read one. */
export const contentOf = (kept: KeptMessage): ContentView => ({
  messageId: kept.messageId ?? '',
  number: kept.number ?? null,
  text: kept.text,
  bytes: kept.bytes ?? null,
  omittedBytes: kept.omittedBytes ?? 0,
  unreadable: kept.unreadable ?? null,
  nullBody: kept.nullBody ?? false,
  encoding: kept.encoding ?? null,
  sender: kept.sender ?? null,
  senderColour: null,
  key: kept.key ?? null,
  keyBytes: kept.keyBytes ?? null,
  omittedKeyBytes: kept.omittedKeyBytes ?? 0,
  headers: kept.headers ?? null,
  fields: kept.fields ?? null,
  omittedFields: kept.omittedFields ?? 0,
  outside: kept.outside ?? false,
  bearsIdOf: kept.bearsIdOf ?? null,
  sentAt: kept.writtenAt ?? null,
  load: null,
  sentTo: null,
})

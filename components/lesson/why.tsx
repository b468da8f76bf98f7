import { catalog } from '#lib/brokers/catalog.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import { Glyph, Icon } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { Section } from './section.tsx'

/** The broker whose documentation it is, by the beginning of the link's title. */
const manifestFor = (title: string) => catalog.find(({ label }) => title.startsWith(label))

/** Why it happened so, with the brokers' own documentation. */
export const Why = ({ lesson }: { lesson: Lesson }) => (
  <Section title="Why">
    <p className="text-ink-2 fs-sm">{lesson.why.text}</p>
    {lesson.versions && <p className="mt-2 text-ink-2 fs-sm">{lesson.versions}</p>}
    <ul className="mt-1.5 grid gap-1">
      {lesson.why.read.map(({ title, url }) => {
        const manifest = manifestFor(title)
        return (
          <li key={url} style={manifest && hueStyle(manifest)}>
            <a
              href={url}
              target="_blank"
              rel="noreferrer"
              className="inline-flex min-h-tap items-center gap-1.5 font-strong text-ink underline-offset-3 fs-sm"
            >
              {manifest && <Glyph manifest={manifest} className="size-4 flex-none" />}
              {title}
              <Icon name="share-out" className="size-3.5 flex-none" />
            </a>
          </li>
        )
      })}
    </ul>
  </Section>
)

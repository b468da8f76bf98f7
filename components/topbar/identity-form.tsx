'use client'

import { useState } from 'react'
import { chosenName, PERSON_NAME_MAX_CHARS } from '#lib/protocol/person-name.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { COLOURS, saveMe } from '../me.ts'
import { Button } from '../ui/button.tsx'
import { Face } from '../ui/face.tsx'
import { Field, Input } from '../ui/field.tsx'

/** Your name and colour, as others see them; remembered in this browser. */
export function IdentityForm({ onDone }: { onDone: () => void }) {
  const feed = useFeed()
  const [name, setName] = useState(feed.me.name)
  const [colour, setColour] = useState(feed.me.colour)
  const chosen = chosenName(name)
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (chosen === null) return
        feed.rename(chosen, colour)
        saveMe({ name: chosen, colour })
        onDone()
      }}
    >
      <Field label="Your name">
        <Input
          value={name}
          maxLength={PERSON_NAME_MAX_CHARS}
          aria-invalid={chosen === null}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <fieldset className="flex flex-wrap gap-1">
        <legend className="mb-1 font-mid text-sm">Your colour</legend>
        {Array.from({ length: COLOURS }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the palette is a fixed row, the index is the colour
          <label key={index} className="cursor-pointer rounded-full">
            <input
              type="radio"
              name="colour"
              className="peer vh"
              checked={index === colour}
              onChange={() => setColour(index)}
              aria-label={`Colour ${index + 1}`}
            />
            <Face
              name={name || '?'}
              colour={index}
              className="peer-checked:shadow-[0_0_0_2px_var(--ink)] peer-focus-visible:shadow-[0_0_0_6px_var(--focus-halo)] peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-focus"
            />
          </label>
        ))}
      </fieldset>
      <Button type="submit" look="solid" disabled={chosen === null}>
        Use this name
      </Button>
    </form>
  )
}

'use client'

import { type ComponentType, useEffect, useSyncExternalStore } from 'react'
import { createSignal } from '#lib/util/emitter.ts'

/** How long after a failed try its code is asked for again: the dashboard may just be starting anew. */
const TRY_AGAIN_AFTER_MS = 1_000
/** A browser without idle callbacks (Safari) is taken to be idle after this time. */
const IDLE_AFTER_MS = 300

interface Part {
  fetch(): Promise<void>
}

const parts: Part[] = []

/**
 * A component whose code is not part of the page's first script: it is fetched when the component is first shown, or
 * when the browser has nothing else to do. Until then `Waiting` is shown in its place, or nothing.
 */
export function onDemand<P extends object>(
  load: () => Promise<ComponentType<P>>,
  Waiting?: ComponentType,
): ComponentType<P> {
  const changed = createSignal<void>()
  let Loaded: ComponentType<P> | null = null
  let underWay: Promise<void> | null = null
  const fetch = (): Promise<void> => {
    underWay ??= load().then(
      (component) => {
        Loaded = component
        changed.emit()
      },
      () => {
        underWay = null
      },
    )
    return underWay
  }
  parts.push({ fetch })

  return function OnDemand(props: P) {
    const Shown = useSyncExternalStore(
      changed.on,
      () => Loaded,
      () => null,
    )
    useEffect(() => {
      if (Shown) return undefined
      void fetch()
      const again = setInterval(() => void fetch(), TRY_AGAIN_AFTER_MS)
      return () => clearInterval(again)
    }, [Shown])
    if (Shown) return <Shown {...props} />
    return Waiting ? <Waiting /> : null
  }
}

const onceIdle = (): Promise<unknown> =>
  new Promise((resolve) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(resolve)
    else setTimeout(resolve, IDLE_AFTER_MS)
  })

/** Fetches the code of all such components that is not here yet, one after the other, whenever the browser is idle. */
export async function fetchPartsWhenIdle(): Promise<void> {
  for (const { fetch } of parts) {
    await onceIdle()
    await fetch()
  }
}

'use client'

import { type ComponentType, lazy, useEffect, useSyncExternalStore } from 'react'
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

/** What `load` loads. A failed try is followed by another, until it is there. */
export async function fetchUntilThere<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_AFTER_MS))
    }
  }
}

/** Starts fetching at once where there is a browser. A server has the code at hand, and fetches when asked. */
export function besideFirstScript<T>(load: () => Promise<T>): () => Promise<T> {
  const underWay = typeof window === 'undefined' ? null : fetchUntilThere(load)
  return () => underWay ?? load()
}

/**
 * A component that the server draws and whose code comes beside the page's first script: what takes typed text comes to
 * life before it. Place it in a `Suspense`, and change nothing that it reads before `load` has ended: React would throw
 * away what the server drew.
 */
export function drawnByServer<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  return lazy(async () => ({ default: await load() }))
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

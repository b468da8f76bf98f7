import { catalog } from '#lib/brokers/catalog.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import { currentPath, pageAddress } from '#lib/util/page-address.ts'
import { sendTargets } from '../feed/lane-ref.ts'
import { startGuide } from '../guide/guide-choice.ts'
import { toggleInspector } from '../inspector/inspector-state.ts'
import { openRoomMenu, openShareBox, resetOrAsk } from '../rooms/room-menu-state.ts'
import { showLessonList, showRoomLesson } from '../start-here/lesson-panel-state.ts'
import {
  chooseTheme,
  isPresenting,
  setPresenting,
  THEME_CHOICES,
  type ThemeChoice,
} from '../ui/appearance.ts'
import { showOverlay } from '../ui/overlay.ts'
import { chooseView } from '../view/view-choice.ts'
import { VIEWS } from '../view/views.ts'
import { targetsWords } from '../words/targets.ts'
import { type Action, always, focusField, press } from './action.ts'

const PAGE = 'This page'

const chooseViewActions = (): Action[] =>
  VIEWS.map(({ id, label }, index) => ({
    id: `view-${id}`,
    group: PAGE,
    label: `Show the ${label} view`,
    keys: String(index + 1),
    needs: null,
    run: always(() => chooseView(id)),
  }))

const THEME_WORDS: Record<ThemeChoice, string> = {
  light: 'Light theme',
  dark: 'Dark theme',
  system: 'Theme like the system',
}

const themeActions = (): Action[] =>
  THEME_CHOICES.map((choice) => ({
    id: `theme-${choice}`,
    group: PAGE,
    label: THEME_WORDS[choice],
    also: 'colours appearance',
    needs: null,
    run: always(() => chooseTheme(choice)),
  }))

const goTo = (path: `/${string}`) => always(() => location.assign(pageAddress(path)))

/** A window for the projector; this page stays for the person who presents. */
function openStage(): void {
  const room = /^\/r\/([a-z0-9-]+)/.exec(currentPath())?.[1] ?? LOBBY
  open(pageAddress(`/r/${room}/stage`), '_blank', 'noopener')
}

/** What is done with the whole page, live or recorded. */
export const sharedActions = (feed: Feed): Action[] => [
  ...chooseViewActions(),
  {
    id: 'inspect',
    group: PAGE,
    label: 'Inspect the traced message',
    keys: 'i',
    also: 'details life code drawer',
    needs: null,
    run: always(() => toggleInspector(feed)),
  },
  {
    id: 'present',
    group: PAGE,
    label: isPresenting() ? 'Leave present mode' : 'Present mode',
    keys: 'p',
    also: 'projector beamer large',
    needs: null,
    run: always(() => setPresenting(!isPresenting())),
  },
  {
    id: 'find',
    group: PAGE,
    label: 'Find and export messages',
    needs: null,
    run: () => press('Find and export messages'),
  },
  ...(feed.trace.pinned
    ? [
        {
          id: 'let-go',
          group: PAGE,
          label: 'Release the pinned message',
          keys: 'Esc',
          needs: null,
          run: always(() => feed.pin(null)),
        },
      ]
    : []),
  ...themeActions(),
  {
    id: 'keys',
    group: PAGE,
    label: 'Show all keys',
    keys: '?',
    also: 'help shortcuts',
    needs: null,
    run: always(() => showOverlay('keys')),
  },
]

/** "all three brokers", as the field for all of them names them. */
function everybody(feed: Feed): string {
  const labels = sendTargets(feed).map(({ manifest }) => manifest.label)
  return targetsWords(labels, catalog.length).brokers
}

const lessonActions = ({ views: { lesson } }: Feed): Action[] => [
  {
    id: 'lessons',
    group: PAGE,
    label: 'All lessons',
    also: 'teach learn start here',
    needs: null,
    run: always(showLessonList),
  },
  ...(lesson === null
    ? []
    : [
        {
          id: 'lesson',
          group: PAGE,
          label: `Show the lesson: ${lesson.title}`,
          needs: null,
          run: always(showRoomLesson),
        },
        {
          id: 'lesson-next',
          group: PAGE,
          label: 'Next step of the lesson',
          keys: '→',
          needs: 'lesson:move' as const,
          run: () => press('Next'),
        },
      ]),
]

const roomMakingActions = (feed: Feed): Action[] => [
  {
    id: 'rooms',
    group: PAGE,
    label: 'All rooms',
    also: 'go to list',
    needs: null,
    run: () => openRoomMenu('menu'),
  },
  { id: 'new-room', group: PAGE, label: 'New room', needs: 'room:create', run: () => openRoomMenu('new') },
  {
    id: 'scene-room',
    group: PAGE,
    label: 'New room from a scene file',
    also: 'load',
    needs: 'room:create',
    run: () => openRoomMenu('scene'),
  },
  {
    id: 'reset',
    group: PAGE,
    label: 'Reset this room',
    keys: 'Shift+R',
    also: 'empty clear scene',
    needs: 'room:reset',
    run: () => resetOrAsk(feed),
  },
  {
    id: 'delete-mine',
    group: PAGE,
    label: 'Delete what is mine in this room',
    also: 'remove consumers destinations',
    needs: 'destination:remove',
    run: () => openRoomMenu('mine'),
  },
  {
    id: 'close-room',
    group: PAGE,
    label: 'Close this room',
    also: 'remove',
    needs: 'room:remove',
    run: () => openRoomMenu('close'),
  },
]

/** The same in a room that is live. */
export const roomActions = (feed: Feed): Action[] => [
  {
    id: 'write-all',
    group: PAGE,
    label: `Write to ${everybody(feed)}`,
    keys: '/',
    also: 'message send',
    needs: 'message:publish',
    run: () => focusField(`Message to ${everybody(feed)}`),
  },
  ...sharedActions(feed),
  { id: 'record', group: PAGE, label: 'Record this room', needs: null, run: () => press('Record') },
  {
    id: 'share',
    group: PAGE,
    label: 'Share this room',
    also: 'invite link address',
    needs: null,
    run: openShareBox,
  },
  {
    id: 'guide',
    group: PAGE,
    label: 'Lead me through the first minute',
    also: 'guide tour help steps',
    needs: null,
    run: always(() => startGuide(feed.views.numbered)),
  },
  ...lessonActions(feed),
  ...roomMakingActions(feed),
  {
    id: 'stage',
    group: PAGE,
    label: 'Stage for a projector',
    also: 'workshop hall seats question beamer window',
    needs: null,
    run: always(openStage),
  },
  { id: 'lobby', group: PAGE, label: 'Go to the lobby', needs: null, run: goTo('/') },
  { id: 'play', group: PAGE, label: 'Open a recording', also: 'play file', needs: null, run: goTo('/play') },
]

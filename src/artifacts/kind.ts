// What is known of a kind of file.
import type { Settings } from '../settings/settings.ts'
import type { Layout } from './artifact.ts'
import type { Release } from './release.ts'

/** One file of a kind. */
interface Instance {
  path: string
  data: Record<string, unknown>
}

export interface Kind {
  kind: string
  /** One line for `pktw-gen list`. */
  what: string
  /** Name below templates/, without `.hbs`. */
  template: string
  /** Path of the setting that decides most of it; a problem found in the file is told there. */
  from: string
  mode: number
  /** None when the settings do not ask for it. */
  instances(settings: Settings, layout: Layout, release: Release): Instance[]
}

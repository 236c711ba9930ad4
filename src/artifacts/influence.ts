// Which settings a text depends on, found by trying: a setting is changed, the text is made anew, and what comes out
// differently depended on it. So it holds for whatever templates do with values, also for those of somebody else.
import { backendsOf } from '../settings/backends.ts'
import { mediaNames, type Settings } from '../settings/settings.ts'

export interface Variant {
  /** As a user names it: `mount.where`, `drives[0]`. */
  setting: string
  settings: Settings
}

type Section = 'device' | 'mount' | 'write' | 'access'

const others: { [S in Section]?: Record<string, (value: never) => unknown[]> } = {
  device: {
    group: (value: string) => [`${value}x`],
    mode: (value: number) => [value === 0o660 ? 0o600 : 0o660],
  },
  mount: {
    style: (value: string) => ['systemd', 'fstab', 'udisks', 'none'].filter((s) => s !== value),
    where: (value: string) => [`${value}x`],
    options: (value: string[]) => [[...value, 'sync']],
    owner: (value: unknown) =>
      ['seat', 'group', { uid: 4_000_000_000, gid: 4_000_000_000 }].filter((o) => o !== value),
    eject: (value: boolean) => [!value],
    slots: (value: number) => [value === 1 ? 2 : value - 1],
    automount: (value: unknown) => (value === false ? [60] : [false, value === 60 ? 61 : 60]),
  },
  access: {
    admins: (value: string) => [`${value}x`],
  },
  write: {
    journal: (value: boolean) => [!value],
    after: (value: number) => [value === 1 ? 2 : 1],
    memory: (value: number) => [value === 2 ? 3 : 2],
    retries: (value: number) => [value === 0 ? 1 : 0],
  },
}

/** The settings with one of them changed, for each and every one: at least one variant a setting. */
export function variantsOf(settings: Settings): Variant[] {
  const variants: Variant[] = []
  for (const [section, keys] of Object.entries(others) as [
    Section,
    Record<string, (value: unknown) => unknown[]>,
  ][])
    for (const [key, alternatives] of Object.entries(keys)) {
      const values = settings[section] as unknown as Record<string, unknown>
      for (const value of alternatives(values[key]))
        variants.push({
          setting: `${section}.${key}`,
          settings: { ...settings, [section]: { ...values, [key]: value } },
        })
    }
  for (const medium of mediaNames) {
    const { media, write } = settings
    for (const backend of backendsOf(medium).filter((b) => b !== media[medium]))
      variants.push({
        setting: `media.${medium}`,
        settings: { ...settings, media: { ...media, [medium]: backend } },
      })
    const flush = write.flush[medium] === 'journal' ? 'medium' : 'journal'
    const speed = write.speed[medium] === 'max' ? 1 : 'max'
    variants.push(
      {
        setting: `write.flush.${medium}`,
        settings: { ...settings, write: { ...write, flush: { ...write.flush, [medium]: flush } } },
      },
      {
        setting: `write.speed.${medium}`,
        settings: { ...settings, write: { ...write, speed: { ...write.speed, [medium]: speed } } },
      },
    )
  }
  for (const index of settings.drives.keys())
    variants.push({
      setting: `drives[${index}]`,
      settings: { ...settings, drives: settings.drives.filter((_, i) => i !== index) },
    })
  if (settings.drives.length === 0)
    variants.push({
      setting: 'drives',
      settings: { ...settings, drives: [{ match: { vendor: 'x' }, ignore: true, media: {} }] },
    })
  return variants
}

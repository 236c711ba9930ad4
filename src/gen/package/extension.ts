// System and configuration extensions: a directory, and an image of it, that systemd-sysext(8) and systemd-confext(8) merge
// into /usr and /etc of a system that is read-only.
import { diagnose } from '../../diagnostics/catalogue.ts'
import { exit, Stop } from '../../diagnostics/stop.ts'
import { udftoolsMask } from '../../steps/places.ts'
import { file, type Node } from './payload.ts'
import { fill, type Ingredients, type Recipe } from './recipe.ts'

/** As os-release(5) has them, or systemd would compare what no system has. Throws Stop. */
function refuseOs({ id, version }: Ingredients['os']): void {
  const wrong = Object.entries({ '--os-id': id, '--os-version': version }).filter(
    ([, value]) => value !== undefined && !/^[a-z0-9._-]+$/.test(value),
  )
  if (wrong.length === 0) return
  throw new Stop(
    wrong.map(([option, value]) =>
      diagnose('gen.package-value', {
        reason: `${option} ${JSON.stringify(value)} is not lower-case letters, digits, ".", "_" and "-"`,
      }),
    ),
    exit.trouble,
  )
}

/** Everything below `top` of the payload, which is all that an extension may have. */
function extension(
  format: 'sysext' | 'confext',
  top: '/usr' | '/etc',
  more: readonly Node[],
  ingredients: Ingredients,
): Recipe {
  const { payload, os, epoch } = ingredients
  const nodes = [...payload.nodes, ...more].filter((node) => node.path.startsWith(`${top}/`))
  const elsewhere = payload.nodes.filter((node) => !/^\/(usr|etc)\//.test(node.path)).map((node) => node.path)
  if (elsewhere.length > 0)
    throw new Stop([diagnose('gen.outside-extension', { path: elsewhere[0] as string })], exit.trouble)
  refuseOs(os)
  const release = fill(ingredients, 'extension/extension-release', {
    id: os.id,
    version: os.version ?? '',
    format,
  })
  const directory = top === '/usr' ? '/usr/lib/extension-release.d' : '/etc/extension-release.d'
  const stage = `${format}/pktw`
  const image = `${stage}.raw`
  return {
    stages: [stage],
    nodes: [...nodes, file(`${directory}/extension-release.pktw`, release)].map((node) => ({
      ...node,
      path: `/${stage}${node.path}`,
    })),
    product: image,
    diagnostics:
      os.id !== '_any' && os.version === undefined ? [diagnose('gen.extension-version', { id: os.id })] : [],
    builders: [
      {
        program: 'mksquashfs',
        from: 'squashfs-tools',
        // Without -mkfs-time and -all-time, which do not go with SOURCE_DATE_EPOCH.
        argv: [
          `{out}/${stage}`,
          `{out}/${image}`,
          '-all-root',
          '-noappend',
          '-no-progress',
          '-quiet',
          '-no-xattrs',
        ],
      },
      {
        program: 'mkfs.erofs',
        from: 'erofs-utils',
        argv: [
          '--all-root',
          `-T${epoch}`,
          // A UUID of its own would be another one each time.
          '-U00000000-0000-0000-0000-000000000000',
          `{out}/${image}`,
          `{out}/${stage}`,
        ],
      },
    ],
  }
}

/** What belongs below /usr. */
export const sysextRecipe = (ingredients: Ingredients): Recipe => extension('sysext', '/usr', [], ingredients)

/** What belongs below /etc: the settings, and the mask of udftools' rule. */
export const confextRecipe = (ingredients: Ingredients): Recipe =>
  extension('confext', '/etc', [{ kind: 'link', path: udftoolsMask, target: '/dev/null' }], ingredients)

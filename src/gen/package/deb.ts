// The .deb, made by dpkg-deb from a directory: deb(5), deb-control(5), deb-postinst(5).
import { createHash } from 'node:crypto'
import { licenceGroups } from './licences.ts'
import { file, type Node, packed, scriptData, withPackedPages } from './payload.ts'
import { fill, type Ingredients, type Recipe } from './recipe.ts'

/** RFC 5322, in UTC, as changelogs have it: `Sun, 22 Nov 2026 00:00:00 +0000`. */
const rfcDate = (epoch: number): string => new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')

const licenceData = ({ licences }: Ingredients) =>
  licenceGroups(licences).map(({ license, files, copyrights, text }) => ({
    license,
    files: files.join('\n'),
    copyrights: copyrights.length === 0 ? 'as the licence says' : copyrights.join('\n'),
    // Policy 12.5: the long ones are on every Debian system already.
    text:
      license === 'Apache-2.0'
        ? 'On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.'
        : text,
  }))

/** KiB, each file for itself rounded up, as deb-substvars(5) has it for Installed-Size. */
const installedSize = (nodes: readonly Node[]): number =>
  nodes.reduce((sum, node) => sum + (node.kind === 'file' ? Math.ceil(node.bytes.byteLength / 1024) : 1), 0)

/** For dpkg --verify: deb-md5sums(5). */
const md5sums = (nodes: readonly Node[], configs: readonly string[]): string =>
  nodes
    .flatMap((node) => (node.kind === 'file' && !configs.includes(node.path) ? [node] : []))
    .map(({ path, bytes }) => `${createHash('md5').update(bytes).digest('hex')}  ${path.slice(1)}\n`)
    .join('')

export function debRecipe(ingredients: Ingredients): Recipe {
  const { made, payload, programs, epoch, maintainer } = ingredients
  const { version } = made.release
  const name = `pktw_${version}-1_all`
  const { mandir, datadir } = made.layout
  const documents = `${datadir}/doc/pktw`
  const data = {
    version: `${version}-1`,
    maintainer,
    date: rfcDate(epoch),
    licences: licenceData(ingredients),
    configs: payload.configs,
    ...scriptData(made, programs),
  }
  const nodes: Node[] = [
    ...withPackedPages(payload.nodes, mandir),
    file(`${documents}/copyright`, fill(ingredients, 'deb/copyright', data)),
    file(`${documents}/changelog.Debian.gz`, packed(fill(ingredients, 'deb/changelog', data))),
  ]
  const control = (part: string, more = {}): Node =>
    file(`/DEBIAN/${part}`, fill(ingredients, `deb/${part}`, { ...data, ...more }))
  // Its first line is not in the template: what begins like a program and is none is an error for lintian and rpmlint.
  const script = (part: string): Node =>
    file(
      `/DEBIAN/${part}`,
      Buffer.concat([Buffer.from('#!/bin/sh\n'), fill(ingredients, `deb/${part}`, data)]),
      0o755,
    )
  const all = [
    ...nodes,
    control('control', { size: installedSize(nodes) }),
    control('conffiles'),
    file('/DEBIAN/md5sums', md5sums(nodes, payload.configs)),
    ...['preinst', 'postinst', 'prerm', 'postrm'].map((part) => script(part)),
  ]
  return {
    stages: [name],
    nodes: all.map((node) => ({ ...node, path: `/${name}${node.path}` })),
    product: `${name}.deb`,
    builders: [
      {
        program: 'dpkg-deb',
        from: 'dpkg',
        // xz: every dpkg that is in use reads it.
        argv: ['--root-owner-group', '-Zxz', '--build', `{out}/${name}`, `{out}/${name}.deb`],
      },
    ],
  }
}

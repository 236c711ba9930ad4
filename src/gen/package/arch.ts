// For pacman: PKGBUILD(5), the install script and .SRCINFO, with everything that is installed as the source.
import { createHash } from 'node:crypto'
import { spdxOf } from './licences.ts'
import { file, scriptData } from './payload.ts'
import { fill, type Ingredients, type Recipe } from './recipe.ts'
import { sourceArchive } from './source-archive.ts'

export function archRecipe(ingredients: Ingredients): Recipe {
  const { made, payload, programs, licences, maintainer } = ingredients
  const { version } = made.release
  const source = sourceArchive(ingredients)
  const data = {
    version,
    maintainer,
    licences: spdxOf(licences).split(' AND '),
    // Without the slash: backup= of PKGBUILD(5).
    configs: payload.configs.map((at) => at.slice(1)),
    source: source.name,
    sha256: createHash('sha256').update(source.bytes).digest('hex'),
    top: [...new Set(payload.nodes.map((node) => node.path.split('/')[1] as string))].sort(),
    ...scriptData(made, programs),
  }
  const names = ['PKGBUILD', '.SRCINFO', 'pktw.install'] as const
  const templateOf = { PKGBUILD: 'PKGBUILD', '.SRCINFO': 'SRCINFO', 'pktw.install': 'pktw.install' }
  return {
    stages: [...names, source.name],
    nodes: [
      ...names.map((name) => file(`/${name}`, fill(ingredients, `arch/${templateOf[name]}`, data))),
      file(`/${source.name}`, source.bytes),
    ],
    product: `pktw-${version}-1-any.pkg.tar.zst`,
    builders: [
      {
        program: 'makepkg',
        needs: 'pacman',
        from: 'makepkg and pacman-package-manager',
        // What the package depends on need not be installed to make it.
        argv: ['--nodeps', '--force', '--clean'],
        env: { PKGDEST: '{out}', SRCDEST: '{out}', BUILDDIR: '{out}/makepkg', PKGEXT: '.pkg.tar.zst' },
      },
    ],
    leftovers: ['makepkg'],
  }
}

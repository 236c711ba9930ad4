// For RPM: a spec file, with everything that is installed as the source.
import { licenceGroups, spdxOf } from './licences.ts'
import { file, scriptData, withPackedPages } from './payload.ts'
import { fill, type Ingredients, type Recipe } from './recipe.ts'
import { sourceArchive } from './source-archive.ts'

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** As %changelog has it: `Sun Nov 22 2026`. */
function changelogDate(epoch: number): string {
  const date = new Date(epoch * 1000)
  const day = String(date.getUTCDate()).padStart(2, '0')
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${day} ${date.getUTCFullYear()}`
}

export function rpmRecipe(ingredients: Ingredients): Recipe {
  const { made, programs, licences, maintainer, epoch } = ingredients
  const { version } = made.release
  const { mandir } = made.layout
  const payload = { ...ingredients.payload, nodes: withPackedPages(ingredients.payload.nodes, mandir) }
  const source = sourceArchive({ ...ingredients, payload })
  const paths = payload.nodes.map((node) => node.path).filter((path) => !payload.configs.includes(path))
  const isPage = (path: string): boolean => path.startsWith(`${mandir}/`)
  const data = {
    version,
    maintainer,
    date: changelogDate(epoch),
    licence: spdxOf(licences),
    bundled: licenceGroups(licences)
      .slice(1)
      .flatMap(({ names }) => names)
      .map((name) => name.split(' '))
      .map(([name, number]) => ({ name, number })),
    source: source.name,
    top: [...new Set(payload.nodes.map((node) => node.path.split('/')[1] as string))].sort(),
    directories: payload.directories,
    files: paths.filter((path) => !isPage(path)),
    // The policy of the distribution may pack them in another way.
    pages: paths.filter(isPage).map((page) => page.replace(/\.gz$/, '')),
    configs: payload.configs,
    ...scriptData(made, programs),
  }
  const product = `pktw-${version}-1.noarch.rpm`
  const define = (name: string, value: string): string[] => ['--define', `${name} ${value}`]
  return {
    stages: ['pktw.spec', 'pktw.rpmlintrc', source.name],
    nodes: [
      file('/pktw.spec', fill(ingredients, 'rpm/pktw.spec', data)),
      file('/pktw.rpmlintrc', fill(ingredients, 'rpm/pktw.rpmlintrc', {})),
      file(`/${source.name}`, source.bytes),
    ],
    product,
    builders: [
      {
        program: 'rpmbuild',
        from: 'rpm',
        argv: [
          '-bb',
          ...define('_topdir', '{out}/rpmbuild'),
          ...define('_sourcedir', '{out}'),
          ...define('_rpmdir', '{out}'),
          ...define('_rpmfilename', product),
          // The same bytes on whatever machine and at whatever time.
          ...define('_buildhost', 'localhost'),
          ...define('use_source_date_epoch_as_buildtime', '1'),
          ...define('clamp_mtime_to_source_date_epoch', '1'),
          ...define('dist', '%{nil}'),
          '{out}/pktw.spec',
        ],
      },
    ],
    leftovers: ['rpmbuild'],
  }
}

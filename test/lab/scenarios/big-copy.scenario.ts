import path from 'node:path'
import {
  eject,
  insert,
  noKernelErrors,
  now,
  profileFor,
  sumOf,
  unitProperty,
  untilMounted,
  wearOf,
  where,
} from '../life.ts'
import { scenario } from '../scenario.ts'

const megabytes = 500

/** Different bytes in each megabyte, made without a file of that size; their checksum is the output. */
const copy = `
head -c 999984 /dev/urandom >/dev/shm/lab-chunk
i=0
while [ $i -lt ${megabytes} ]; do i=$((i + 1)); cat /dev/shm/lab-chunk; printf '%016d' $i; done | tee ${where}/big | sha256sum | cut -d' ' -f1`

/** Every second, of all processes of the unit together, in KiB: resident, of it in no file; and how many there are. */
const sampler = (group: string) => `
while :; do
  cat $(sed 's:.*:/proc/&/status:' ${group}/cgroup.procs) 2>/dev/null |
    awk '/^VmRSS/ { r += $2; n++ } /^RssAnon/ { a += $2 } END { print r, a, n }' >>/run/lab-sizes
  sleep 1
done`

const most = (values: number[]): number => Math.max(0, ...values)

export default scenario({
  describe: `${megabytes} MB are copied to one disc: all its processes together stay below 120 MB`,
  media: ['dvd+rw'],
  run: async (ctx) => {
    await ctx.login()
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    // Larger than the lab's other discs.
    const disc = await insert(ctx, place, { kind: ctx.medium, udf: 'LAB', blocks: 262_144 + 16_384 })
    const since = await now(ctx)
    const group = `/sys/fs/cgroup${await unitProperty(ctx, 'pktw@sr0.service', 'ControlGroup')}`
    await ctx.must(['rm', '-f', '/run/lab-sizes'])
    await ctx.must(['systemd-run', '--unit=lab-sampler', '--collect', 'sh', '-c', sampler(group)])
    const device = (await ctx.must(['readlink', '--canonicalize', '/dev/pktw/sr0'])).stdout.trim()
    const limit = `/sys/class/block/${path.basename(device)}/queue/max_sectors_kb`
    const atOnce = (await ctx.must(['cat', limit])).stdout.trim()
    ctx.check('requests are no longer than 256 KiB', atOnce === '256', atOnce)
    const began = performance.now()
    const { stdout } = await ctx.alice(['sh', '-ec', copy], { timeoutMs: 1_800_000 })
    ctx.time(`${megabytes} MB taken`, performance.now() - began)
    const procs = (await ctx.must(['cat', `${group}/cgroup.procs`])).stdout.trim().split('\n')
    const peaks = await Promise.all(
      procs.map(async (pid) => {
        const { stdout: status } = await ctx.must(['cat', `/proc/${pid}/status`])
        const field = (name: string) => new RegExp(`${name}:\\s+(.*)`).exec(status)?.[1] ?? ''
        return { name: field('Name'), kB: Number.parseInt(field('VmHWM'), 10) }
      }),
    )
    // The eject's own hook is no part of the copy.
    await ctx.must(['sync', '--file-system', where], { timeoutMs: 600_000 })
    await ctx.must(['systemctl', 'stop', 'lab-sampler'])
    await eject(ctx, place)
    ctx.time('and on the disc', performance.now() - began)
    const sizes = (await ctx.must(['cat', '/run/lab-sizes'])).stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .map(([resident = 0, anonymous = 0, processes = 0]) => ({ resident, anonymous, processes }))
    const inMB = (kB: number): number => Math.round((kB * 1024) / 1e6)
    const peak = peaks.reduce((sum, { kB }) => sum + kB, 0)
    ctx.check('the most that each of them ever had resident, together below 120 MB', inMB(peak) < 120, peaks)
    ctx.check(
      'at every second of it, too',
      sizes.length > 60 && inMB(most(sizes.map((s) => s.resident))) < 120,
      {
        samples: sizes.length,
        resident: inMB(most(sizes.map((s) => s.resident))),
        anonymous: inMB(most(sizes.map((s) => s.anonymous))),
        processes: most(sizes.map((s) => s.processes)),
      },
    )
    const { written, different } = wearOf(disc)
    ctx.check('each packet about once', written / different < 1.05, { written, different })
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('the same bytes', (await sumOf(ctx, `${where}/big`)) === stdout.trim(), stdout.trim())
    await noKernelErrors(ctx, since, 'all the time')
  },
})

/** Where programs are looked for: udev and systemd give no PATH worth the name. The last is NixOS's. */
export const searchPath =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin'

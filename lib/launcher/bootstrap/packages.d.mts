/** How the installed packages compare with package-lock.json; development packages count only where `dev`. */
export function packagesState(root: string, dev: boolean): 'whole' | 'outdated' | 'broken' | 'missing'

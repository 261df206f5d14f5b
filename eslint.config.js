import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', '.cache/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-implicit-globals': 'error',
      'prefer-const': 'error',

      // An index that is known to be in range is written with `!`; the compiler asks for it everywhere.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Numbers in messages are what they look like.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `() => undefined` and `() => log.info(…)` read well.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // node:test's `test` returns a promise that nobody waits for at the top of a file.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
      // Environment and labels: `noPropertyAccessFromIndexSignature` in spirit.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      // `void | Promise<void>` is what a callback may return.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // An exported constant has its type written out, generics included; a type alias is right for a union's parts.
      '@typescript-eslint/consistent-generic-constructors': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // `{ ...this, ...changes }` is how a value is changed.
      '@typescript-eslint/no-misused-spread': 'off',
      // The query path counts its instructions.
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/prefer-string-starts-ends-with': [
        'error',
        { allowSingleElementEquality: 'always' },
      ],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // Programs that people run and read.
    files: [
      'bench/**',
      'tools/**',
      'test/package/**',
      'test/fuzz/run.ts',
      'test/soak/**',
      'test/integration/**',
      'test/cluster/**',
      'test/link/**',
      'test/gateways/run.ts',
      'test/wire-cache/run*.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.ts', 'test/**'],
    rules: {
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
);

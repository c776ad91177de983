import tseslint from "typescript-eslint";

/** A cast is a claim the compiler does not check: the reason stands beside it or on the line before. */
const castNeedsReason = {
  meta: { type: "problem", schema: [], messages: { reason: "say beside this `as` why it holds" } },
  create(context) {
    const commented = new Set();
    for (const { loc } of context.sourceCode.getAllComments()) {
      for (let line = loc.start.line; line <= loc.end.line + 1; line += 1) commented.add(line);
    }
    return {
      TSAsExpression(node) {
        const target = node.typeAnnotation;
        const isConst = target.type === "TSTypeReference" && target.typeName.name === "const";
        const { start, end } = node.loc;
        if (!isConst && !commented.has(start.line) && !commented.has(end.line)) {
          context.report({ node, messageId: "reason" });
        }
      },
    };
  },
};

const syntaxNodeCannotStrip = [
  { selector: "TSEnumDeclaration", message: "Node strips types, it cannot compile an enum: use an object or a union." },
  { selector: "TSModuleDeclaration[kind!='global']", message: "Node cannot strip a namespace: use a module." },
  { selector: "TSParameterProperty", message: "Node cannot strip a parameter property: assign the field." },
  { selector: "TSImportEqualsDeclaration", message: "Node cannot strip `import =`: use import." },
];

export default tseslint.config(
  {
    ignores: [
      "artifacts/",
      "cache/",
      "types/",
      "node_modules/",
      "sdk/src/generated/",
      "sdk/dist/",
      "**/*.cjs",
      "**/*.mjs",
      "**/*.js",
    ],
  },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { sluice: { rules: { "cast-needs-reason": castNeedsReason } } },
    rules: {
      eqeqeq: "error",
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "no-restricted-syntax": ["error", ...syntaxNodeCannotStrip],
      "sluice/cast-needs-reason": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    // What ethers' untyped contracts answer is any; the product reads such answers through checks instead.
    files: ["bench/**/*.ts", "deploy/**/*.ts", "scripts/**/*.ts", "test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines-per-function": "off",
      "sluice/cast-needs-reason": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
);

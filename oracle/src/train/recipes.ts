import { ACCOUNTS, ACCOUNTS_LARGE } from "../evaluate/ethereum/recipe.ts";
import type { Recipe } from "../evaluate/types.ts";
import { CARD, CARD_LABEL_FREE } from "./cardRecipes.ts";
import { PAYMENTS_LABEL_FREE } from "./labelFreeRecipe.ts";
import { PAYMENTS } from "./paymentRecipe.ts";
import { PLAIN } from "./plainRecipe.ts";

const ALL: readonly Recipe[] = [PAYMENTS, PAYMENTS_LABEL_FREE, ACCOUNTS, ACCOUNTS_LARGE, CARD, CARD_LABEL_FREE, PLAIN];

/** Every way to train a model, by name. */
export const RECIPES: ReadonlyMap<string, Recipe> = new Map(ALL.map((recipe) => [recipe.name, recipe]));

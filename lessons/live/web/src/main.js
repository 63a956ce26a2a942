// The script of a served lesson. The page is whole without it; it makes the cells live.

import { Book } from "./book.js";
import { follow } from "./follow.js";

const path = location.pathname.replace(/^\/lessons\//, "");
const book = document.querySelector("article") ? new Book(decodeURIComponent(path)) : null;
follow(path, book);

import './programme/styles/index.css';
import './programme/index.ts';

import './console/styles/index.css';
import './studio/studio.css';
import './studio/no-picture.css';
import './studio/guests/guests.css';
import './studio/index.ts';

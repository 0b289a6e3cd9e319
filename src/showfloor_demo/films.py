"""All films of the demo, by name."""

from showfloor_demo import replay_films, velvet_hour, workshop
from showfloor_demo.film import Film

FILMS: dict[str, Film] = {
    film.name: film
    for film in (
        velvet_hour.FILM, workshop.FILM, replay_films.SKIN_CLASS, replay_films.SLOW_SUNDAY,
    )
}  # fmt: skip

def test_it(newsroom, here):
    import time
    newsroom.fill(12, 15)
    here.configure()
    t=time.monotonic()
    print(here.once()); print(time.monotonic()-t)
    t=time.monotonic()
    print(here.once()); print(time.monotonic()-t)
    print(here.rows("select job, started_at, finished_at, counts from runs"))
    print(here.rows("select reason, count(*) n, disposition from items group by 1,3"))
    print(here.rows("select a.title, a.copy_how, b.title from articles a join articles b on a.copy_of=b.id limit 5"))

CREATE TABLE coupons (code text PRIMARY KEY, percent int NOT NULL);
